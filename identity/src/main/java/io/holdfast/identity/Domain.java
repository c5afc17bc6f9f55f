package io.holdfast.identity;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where names of users and projects are unique.
 *
 * @param id 32 hexadecimal digits; of the first domain {@link #DEFAULT}
 * @param extra attributes that mean nothing here, as {@link io.holdfast.identity.core.ExtraRule} lets them be kept
 * @param options Keystone's, as {@link io.holdfast.identity.core.OptionRule} knows them
 */
public record Domain(
        String id,
        String name,
        String description,
        boolean enabled,
        List<String> tags,
        Map<String, @Nullable Object> extra,
        Map<String, @Nullable Object> options) {

    /** The id of the domain that is there from the beginning. */
    public static final String DEFAULT = "default";

    public Domain {
        tags = List.copyOf(tags);
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }
}
