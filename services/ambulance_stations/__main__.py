"""``python -m services.ambulance_stations`` runs the service."""

from __future__ import annotations

from services.ambulance_stations.main import build

if __name__ == "__main__":
    build().run()
