package io.holdfast.identity;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who can log in.
 *
 * @param id 32 hexadecimal digits
 * @param domain id of the domain in which its name is unique
 * @param defaultProject id of the project that a login without a scope is for; may be gone
 * @param extra attributes that mean nothing here, as {@link io.holdfast.identity.core.ExtraRule} lets them be kept
 * @param options Keystone's, as {@link io.holdfast.identity.core.OptionRule} knows them
 */
public record User(
        String id,
        String domain,
        String name,
        @Nullable String description,
        @Nullable String email,
        @Nullable String defaultProject,
        boolean enabled,
        Map<String, @Nullable Object> extra,
        Map<String, @Nullable Object> options) {

    public User {
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }
}
