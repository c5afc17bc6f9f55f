package io.holdfast.recovery.core;

import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a planned move wants to be done. Each may be done twice; each is answered by an event. */
public sealed interface PlannedCommand {

    /** Choose a host for it. */
    record Plan(@Nullable HostId only, Map<HostId, String> excluded) implements PlannedCommand {}

    /** Have its home stop it and confirm that, and give it the other one. */
    record Relocate(Generation expected, HostId from, HostId to) implements PlannedCommand {}

    /** Somebody else has moved it: have its home confirm that nothing of it runs there, and write down where it is. */
    record Follow(Generation expected, HostId from, HostId to) implements PlannedCommand {}

    /** Have it go on at its home, whatever that was told. */
    record Keep(Generation expected, HostId home) implements PlannedCommand {}

    /** Read the instance and the state of its home. */
    record Look() implements PlannedCommand {}
}
