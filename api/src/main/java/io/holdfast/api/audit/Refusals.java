package io.holdfast.api.audit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts what was refused, so that a flood of it writes little: like ones of the same minute are one line, and of different ones there
 * are at most {@value #KINDS_MAX} in a minute; what is beyond shares a line for each status. Not for several threads.
 */
final class Refusals {

    /** Too small: in a busy minute nobody is named; too large: whoever guesses from many addresses fills the table. */
    static final int KINDS_MAX = 200;

    /** While the database is away for long, what was refused later is not recorded. */
    private static final int REST_MAX = 10 * KINDS_MAX;

    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final String MANY = "many";
    private static final Who ANYBODY = new Who(Who.Kind.NOBODY, MANY, MANY, MANY);

    private final Map<Key, AuditLine> lines = new LinkedHashMap<>();
    private final Set<Key> changed = new LinkedHashSet<>();
    /** Of minutes that are over, and not stored yet. */
    private final List<AuditLine> rest = new ArrayList<>();

    private Instant began = Instant.EPOCH;

    private record Key(Who who, String address, String service, String operation, int status) {}

    void add(AuditLine line) {
        if (line.at().isBefore(began) || !line.at().isBefore(began.plus(WINDOW))) {
            changed.forEach(key -> put(lines.get(key)));
            changed.clear();
            lines.clear();
            began = line.at();
        }
        Key key = key(line);
        AuditLine known = lines.get(key);
        if (known == null && lines.size() >= KINDS_MAX) {
            AuditLine any = nameless(line);
            key = key(any);
            known = lines.getOrDefault(key, any.counted(0, any.at()));
        }
        lines.put(key, known == null ? line : known.counted(known.count() + 1, line.at()));
        changed.add(key);
    }

    private static AuditLine nameless(AuditLine line) {
        Ended ended = line.ended();
        return new AuditLine(
                0,
                line.at(),
                line.requestId(),
                ANYBODY,
                MANY,
                null,
                line.controller(),
                MANY,
                MANY,
                "",
                ended == null ? null : new Ended(ended.status(), null, null),
                true,
                1,
                line.at());
    }

    /** The lines that are new, or count more, since the last call. */
    List<AuditLine> take() {
        List<AuditLine> taken = new ArrayList<>(rest);
        changed.forEach(key -> taken.add(Objects.requireNonNull(lines.get(key))));
        rest.clear();
        changed.clear();
        return taken;
    }

    /** These were taken, and not stored. */
    void giveBack(List<AuditLine> taken) {
        for (AuditLine line : taken) {
            Key key = key(line);
            AuditLine now = lines.get(key);
            if (now != null && now.requestId().equals(line.requestId())) {
                changed.add(key);
            } else {
                put(line);
            }
        }
    }

    private void put(@Nullable AuditLine line) {
        if (line != null && rest.size() < REST_MAX) {
            rest.add(line);
        }
    }

    private static Key key(AuditLine line) {
        Ended ended = line.ended();
        return new Key(
                line.who(), line.address(), line.service(), line.operation(), ended == null ? 0 : ended.status());
    }
}
