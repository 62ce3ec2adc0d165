"""Step 1: brings the sets of sets.py as bare git repositories into WORK/repositories (already there: nothing is done)."""
import subprocess
from pathlib import Path

from sets import MYNTRA_TABLES, SOURCES


def fetch(work: Path, local: Path | None = None) -> None:
    """`local`: a folder of copies already here, owner+name or owner+name/repo, used instead of the network."""
    for repository in [source.repository for source in SOURCES] + [MYNTRA_TABLES]:
        if find_repository(work, repository, local) is not None:
            continue
        target = work / 'repositories' / repository.replace('/', '+')
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(['git', 'clone', '--bare', '--depth', '1', f'https://github.com/{repository}.git', str(target)], check=True)


def find_repository(work: Path, repository: str, local: Path | None = None) -> Path | None:
    name = repository.replace('/', '+')
    for parent in [work / 'repositories'] + ([local] if local else []):
        for path in (parent / name / 'repo', parent / name):
            if (path / 'HEAD').exists() or (path / '.git').exists():
                return path
    return None
