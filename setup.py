"""What pyproject.toml cannot say: what the sdist holds beside the package."""

from setuptools import setup
from setuptools.command.sdist import sdist


class Sdist(sdist):
    """Let who packages arware again run its tests and build its documents."""

    def make_distribution(self) -> None:
        """Add them."""
        self.filelist.extend(["CHANGELOG.md", ".ci/run"])
        for folder in ("tests", "docs"):
            self.filelist.graft(folder)
        self.filelist.prune("docs/_build")
        for pattern in ("__pycache__/*", "*.py[cod]", "*.sqlite", ".DS_Store"):
            self.filelist.global_exclude(pattern)
        super().make_distribution()


setup(cmdclass={"sdist": Sdist})
