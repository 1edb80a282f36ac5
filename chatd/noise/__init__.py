"""The Noise Protocol Framework (revision 34) with the HFS extension, without any I/O."""
