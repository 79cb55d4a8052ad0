"""Whether a release is what it says: the contract before it is visible, and every byte of it afterwards."""
