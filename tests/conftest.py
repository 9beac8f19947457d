"""Options and fixtures that every room's tests share."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full",
        action="store_true",
        help="run the long tests at the full sizes (default: reduced, fixed seeds)",
    )


@pytest.fixture(scope="session")
def full_size(request: pytest.FixtureRequest) -> bool:
    """Whether the long tests run at full size."""
    return bool(request.config.getoption("--full"))
