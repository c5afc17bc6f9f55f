package io.holdfast.api;

import java.net.URI;

/** Who leads, as this controller knows at the moment: it decides where a request that changes something is worked on. */
public sealed interface Lead {

    /** This controller, at an epoch that the database knows. */
    record Here() implements Lead {}

    /**
     * Another one.
     *
     * @param api where its API listens, as it says itself
     */
    record Elsewhere(URI api) implements Lead {}

    /** Nobody, or it cannot be known. */
    record Nobody() implements Lead {}
}
