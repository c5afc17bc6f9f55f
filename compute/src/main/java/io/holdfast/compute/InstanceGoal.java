package io.holdfast.compute;

/** What an instance should be. Set by its owner, never by what happens to it. */
public enum InstanceGoal {
    RUNNING,
    STOPPED,
    DELETED
}
