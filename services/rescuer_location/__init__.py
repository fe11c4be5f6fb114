"""The register of rescuers and where they are now."""
