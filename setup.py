"""What pyproject.toml cannot say: where to build, and what the sdist holds too."""

from tempfile import TemporaryDirectory

from setuptools import setup
from setuptools.command.build import build
from setuptools.command.sdist import sdist


class Build(build):
    """Build in an empty folder: what ``build/`` still holds goes into a wheel, too."""

    def initialize_options(self) -> None:
        """Choose it; it is gone when the build ends."""
        super().initialize_options()
        self._folder = TemporaryDirectory()
        self.build_base = self._folder.name


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


setup(cmdclass={"build": Build, "sdist": Sdist})
