"""Step 1: brings the sets of sets.py as bare git repositories into WORK/repositories (already there: nothing is done)."""
import subprocess
from pathlib import Path

from sets import MYNTRA_TABLES, SOURCES


def fetch(work: Path, local: Path | None = None) -> None:
    """`local`: a folder of copies already here, owner+name or owner+name/repo, used instead of the network."""
    wanted = {source.repository: source.commit for source in SOURCES} | {MYNTRA_TABLES: 'HEAD'}
    for repository, commit in wanted.items():
        if find_repository(work, repository, local) is not None:
            continue
        target = work / 'repositories' / repository.replace('/', '+')
        part = target.with_name(f'{target.name}.part')
        part.mkdir(parents=True, exist_ok=True)
        git(part, 'init', '--bare', '--quiet')
        git(part, 'fetch', '--depth', '1', f'https://github.com/{repository}.git', commit)
        git(part, 'update-ref', 'HEAD', 'FETCH_HEAD')
        part.rename(target)


def find_repository(work: Path, repository: str, local: Path | None = None) -> Path | None:
    name = repository.replace('/', '+')
    for parent in [work / 'repositories'] + ([local] if local else []):
        for path in (parent / name / 'repo', parent / name):
            if (path / 'HEAD').exists() or (path / '.git').exists():
                return path
    return None


def read_blob(repository: Path, path: str, commit: str = 'HEAD') -> bytes:
    return git(repository, 'show', f'{commit}:{path}')


def git(repository: Path, *arguments: str, given: bytes | None = None) -> bytes:
    return subprocess.run(['git', '-C', str(repository), *arguments], check=True, stdout=subprocess.PIPE, input=given).stdout
