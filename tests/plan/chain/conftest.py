import pytest
from small_trade import small_drivers, small_items


@pytest.fixture(scope="session")
def items():
    return small_items()


@pytest.fixture(scope="session")
def drivers():
    return small_drivers()
