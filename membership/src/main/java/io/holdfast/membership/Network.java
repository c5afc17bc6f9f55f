package io.holdfast.membership;

import java.util.regex.Pattern;

/**
 * One of the networks on which the hosts of a segment speak with each other. Each has a group of its own, so that a host that
 * lost one of them can be told from a host that is gone.
 *
 * @param name as the settings name it: a letter, then letters, digits and dashes, lower case, at most 32
 */
public record Network(String name) implements Comparable<Network> {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,31}");

    /** The one that every host has: calls of its agent and its lease go over it. */
    public static final Network MANAGEMENT = new Network("management");

    public Network {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a network's name is a lower-case letter, then lower-case letters, digits"
                            + " and dashes, at most 32 characters; '" + name + "' is not");
        }
    }

    @Override
    public int compareTo(Network other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return name;
    }
}
