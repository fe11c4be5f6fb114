"""HTTP in: the dispatcher's, the rescuer's and the crew's side of an incident."""
