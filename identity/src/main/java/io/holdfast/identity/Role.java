package io.holdfast.identity;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a grant gives. The names admin, member and reader have a meaning here; others are kept for whoever understands them.
 *
 * @param id 32 hexadecimal digits
 * @param extra attributes that mean nothing here, as {@link io.holdfast.identity.core.ExtraRule} lets them be kept
 * @param options Keystone's, as {@link io.holdfast.identity.core.OptionRule} knows them
 */
public record Role(
        String id,
        String name,
        String description,
        Map<String, @Nullable Object> extra,
        Map<String, @Nullable Object> options) {

    public Role {
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }
}
