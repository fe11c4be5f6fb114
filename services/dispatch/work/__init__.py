"""What dispatch does: each use case is one transaction on one incident."""
