package io.holdfast.api.nova;

import io.holdfast.compute.Aggregates;
import io.holdfast.compute.Consoles;
import io.holdfast.compute.GuestFigures;
import io.holdfast.compute.KeyPairs;
import io.holdfast.compute.Quotas;

/** What is kept beside instances, hosts, flavors and images, and what can be read of guests. */
public record Books(
        KeyPairs keyPairs,
        Aggregates aggregates,
        Quotas quotas,
        Consoles consoles,
        GuestFigures figures,
        ServerImages images) {

    /** Whose images are all here. */
    public Books(KeyPairs keyPairs, Aggregates aggregates, Quotas quotas, Consoles consoles, GuestFigures figures) {
        this(keyPairs, aggregates, quotas, consoles, figures, ServerImages.HERE);
    }
}
