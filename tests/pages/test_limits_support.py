from __future__ import annotations

import os

from streamlit import config
from streamlit.runtime.secrets import Secrets

from cnnlib.limits import Limits, limits_from


def test_secrets_set_limits_as_the_environment_does(monkeypatch, tmp_path):
    """As a server reads them when it starts, before any page imports the limits."""
    for name in ("CNN_MOST_EPOCHS", "CNN_LEASE_SECONDS"):
        monkeypatch.setenv(name, "")  # and put back what was there afterwards
    path = tmp_path / "secrets.toml"
    path.write_text('CNN_MOST_EPOCHS = 7\nCNN_LEASE_SECONDS = "45.5"\n')
    get = config.get_option
    monkeypatch.setattr(
        config, "get_option", lambda name: [str(path)] if name == "secrets.files" else get(name)
    )
    assert Secrets().load_if_toml_exists()
    assert limits_from(os.environ) == Limits(epochs=7, lease_seconds=45.5)
