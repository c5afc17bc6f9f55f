package io.holdfast.identity;

import java.util.List;

/**
 * Owner of instances.
 *
 * @param id 32 hexadecimal digits
 * @param domain id of the domain in which its name is unique
 */
public record Project(String id, String domain, String name, String description, boolean enabled, List<String> tags) {

    public Project {
        tags = List.copyOf(tags);
    }
}
