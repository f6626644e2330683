"""HTTP: routes, access checks, limits on connections and bodies, and the admission endpoints."""
