"""What is handed out: the sdist, the wheel, and what they bring with them."""
