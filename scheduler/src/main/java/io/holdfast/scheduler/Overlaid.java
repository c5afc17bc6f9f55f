package io.holdfast.scheduler;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A map that differs from another in the values of a few of its keys, and shares the rest with it.
 *
 * <p>In a cloud that is nearly full, hundreds of instances of one plan are refused by each of ten thousand hosts, for reasons that
 * differ on the hosts that took somebody in between. As many whole maps were more than a controller's memory. Not to be changed.
 */
final class Overlaid<K, V> extends AbstractMap<K, V> {

    /** With more differences than this the whole is copied, and what comes after it differs from that in few again. */
    private static final int MOST = 256;

    private final Map<K, V> base;
    private final Map<K, V> changes;

    private Overlaid(Map<K, V> base, Map<K, V> changes) {
        this.base = base;
        this.changes = changes;
    }

    /** @param changes of keys that are in the base; what is there is kept in its place */
    static <K, V> Map<K, V> of(Map<K, V> base, Map<K, V> changes) {
        Map<K, V> all = new HashMap<>();
        Map<K, V> root = base;
        if (base instanceof Overlaid<K, V> before) {
            root = before.base;
            all.putAll(before.changes);
        }
        all.putAll(changes);
        if (!root.keySet().containsAll(changes.keySet())) {
            Map<K, V> more = new LinkedHashMap<>(base);
            more.putAll(changes);
            return Collections.unmodifiableMap(more);
        }
        Map<K, V> now = new Overlaid<>(root, all);
        return all.size() > MOST ? Collections.unmodifiableMap(new LinkedHashMap<>(now)) : now;
    }

    @Override
    public @Nullable V get(@Nullable Object key) {
        V changed = changes.get(key);
        return changed != null ? changed : base.get(key);
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return base.containsKey(key);
    }

    @Override
    public int size() {
        return base.size();
    }

    @Override
    public Set<Map.Entry<K, V>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<K, V>> iterator() {
                return base.entrySet().stream()
                        .map(entry -> Map.entry(entry.getKey(), changes.getOrDefault(entry.getKey(), entry.getValue())))
                        .iterator();
            }

            @Override
            public int size() {
                return base.size();
            }
        };
    }
}
