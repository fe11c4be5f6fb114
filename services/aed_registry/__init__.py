"""The register of AEDs: place, hours, access, code, condition, checks and reports."""
