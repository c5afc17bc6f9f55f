package io.holdfast.scheduler;

import io.holdfast.model.ProjectId;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Hosts that are kept for projects: an aggregate whose metadata has {@code filter_tenant_id}, or keys that begin so where one
 * value does not hold all ids, takes instances of those projects alone. A project may go elsewhere as well, as in Nova.
 */
final class Dedication {

    private static final String KEY = "filter_tenant_id";

    private Dedication() {}

    /** Whether a host of such aggregates is kept for anybody. */
    static boolean keeps(Map<String, Set<String>> metadata) {
        for (String key : metadata.keySet()) {
            if (key.startsWith(KEY)) {
                return true;
            }
        }
        return false;
    }

    /** Why the host is kept from this project, or null. */
    static @Nullable String objection(@Nullable ProjectId project, Map<String, Set<String>> metadata) {
        Set<String> kept = new TreeSet<>();
        metadata.forEach((key, values) -> {
            if (key.startsWith(KEY)) {
                for (String value : values) {
                    for (String id : value.split(",", -1)) {
                        if (!id.isBlank()) {
                            kept.add(id.strip());
                        }
                    }
                }
            }
        });
        return kept.isEmpty() || (project != null && kept.contains(project.value()))
                ? null
                : "is kept for other projects (" + KEY + ")";
    }
}
