package io.holdfast.identity;

/**
 * Where names of users and projects are unique.
 *
 * @param id 32 hexadecimal digits; of the first domain {@link #DEFAULT}
 */
public record Domain(String id, String name, String description, boolean enabled) {

    /** The id of the domain that is there from the beginning. */
    public static final String DEFAULT = "default";
}
