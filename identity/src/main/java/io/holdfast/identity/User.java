package io.holdfast.identity;

import org.jspecify.annotations.Nullable;

/**
 * Somebody who can log in.
 *
 * @param id 32 hexadecimal digits
 * @param domain id of the domain in which its name is unique
 * @param defaultProject id of the project that a login without a scope is for; may be gone
 */
public record User(
        String id,
        String domain,
        String name,
        @Nullable String description,
        @Nullable String email,
        @Nullable String defaultProject,
        boolean enabled) {}
