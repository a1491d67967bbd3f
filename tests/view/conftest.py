import pytest


@pytest.fixture(params=["en", "zh"])
def lang(request):
    return request.param
