package io.holdfast.model;

/**
 * Who asked for something, as it is written into the journal.
 *
 * @param name the user or the part of Holdfast that acts, for example {@code monitor-7} or {@code holdfast}
 * @param channel how the request arrived: {@code api}, {@code cli} or {@code internal}
 */
public record Actor(String name, String channel) {

    public static final Actor HOLDFAST = new Actor("holdfast", "internal");

    @Override
    public String toString() {
        return name + " (" + channel + ")";
    }
}
