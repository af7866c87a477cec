-- Back to the role that connected.
reset role
