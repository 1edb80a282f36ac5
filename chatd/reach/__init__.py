"""The ways out of this machine: endpoints, TLS, proxies, Tor, port mapping, looking up."""
