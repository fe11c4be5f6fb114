"""Coverage for people: what they ask for, their files, the answer on a terminal."""
