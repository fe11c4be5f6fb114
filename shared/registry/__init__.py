"""What the registers of AEDs, rescuers, stations and units share."""
