package io.holdfast.identity;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Owner of instances.
 *
 * @param id 32 hexadecimal digits
 * @param domain id of the domain in which its name is unique
 * @param extra attributes that mean nothing here, as {@link io.holdfast.identity.core.ExtraRule} lets them be kept
 * @param options Keystone's, as {@link io.holdfast.identity.core.OptionRule} knows them
 */
public record Project(
        String id,
        String domain,
        String name,
        String description,
        boolean enabled,
        List<String> tags,
        Map<String, @Nullable Object> extra,
        Map<String, @Nullable Object> options) {

    public Project {
        tags = List.copyOf(tags);
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }
}
