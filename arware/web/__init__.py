"""HTTP as values: requests, responses, pages, cookies, URLs, paths."""
