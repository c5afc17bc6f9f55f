package io.holdfast.stories;

import io.holdfast.model.InstanceId;

/** An instance of a story; its guest writes a ledger. */
record Guest(InstanceId id, String name) {
    @Override
    public String toString() {
        return name;
    }
}
