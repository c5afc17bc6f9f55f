package io.holdfast.recovery;

import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The agent of a host in {@link World}: what runs there, and how it misbehaves. */
final class FakeAgent {
    boolean power = true;
    boolean silent;
    boolean failing;
    boolean deaf;
    final Map<InstanceId, Generation> running = new HashMap<>();
    /** Guests that somebody else has brought, and that nobody owns here. */
    final Set<InstanceId> brought = new HashSet<>();

    final Map<InstanceId, Generation> seen = new HashMap<>();
}
