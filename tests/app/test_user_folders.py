"""A home that cannot be written is no reason not to start."""

from app.settings import Settings
from app.user_folders import home_problem, user_folder


def test_folders_of_the_home(own_folders):
    assert user_folder("log").is_dir()
    assert home_problem() == ""


def test_a_home_that_cannot_be_written_is_done_without(monkeypatch, tmp_path):
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, "/proc/none")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    assert user_folder("data") == tmp_path / "run" / "dirigent" / "data"
    assert "/proc/none" in home_problem()
    settings = Settings()
    settings.theme = "dark"
    settings.save()
    assert Settings().theme == "dark"
