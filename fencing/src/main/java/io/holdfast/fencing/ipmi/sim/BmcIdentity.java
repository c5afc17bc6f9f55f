package io.holdfast.fencing.ipmi.sim;

import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a simulated BMC is, as a technician has set it up.
 *
 * @param users who may log in
 * @param bmcKey K_g, or null for one-key login
 * @param suites which it offers
 * @param guid 16 octets
 * @param sessionsMax how many sessions may be open at a time; real ones have some four
 * @param sensorPrivilege the least that may read sensors; by the specification, a user may
 */
public record BmcIdentity(
        List<User> users,
        @Nullable Secret bmcKey,
        Set<Suite> suites,
        Bytes guid,
        int sessionsMax,
        Privilege sensorPrivilege) {

    private static final int GUID_BYTES = 16;

    public BmcIdentity {
        users = List.copyOf(users);
        suites = Set.copyOf(suites);
        if (guid.size() != GUID_BYTES) {
            throw new IllegalArgumentException("a GUID has 16 octets, not " + guid.size());
        }
        if (sessionsMax < 1) {
            throw new IllegalArgumentException("a BMC that opens no session is of no use");
        }
    }

    /** @param privilege the most that a session of theirs may become */
    public record User(String name, Secret password, Privilege privilege) {}

    /** Both suites, no K_g, four sessions. */
    public static BmcIdentity of(User... users) {
        return new BmcIdentity(
                List.of(users),
                null,
                Set.of(Suite.values()),
                Bytes.ofHex("a123456789abcdefa123456789000001"),
                4,
                Privilege.USER);
    }

    public BmcIdentity withBmcKey(Secret key) {
        return new BmcIdentity(users, key, suites, guid, sessionsMax, sensorPrivilege);
    }

    public BmcIdentity withSuites(Suite... offered) {
        return new BmcIdentity(users, bmcKey, Set.of(offered), guid, sessionsMax, sensorPrivilege);
    }

    public BmcIdentity withSessionsMax(int max) {
        return new BmcIdentity(users, bmcKey, suites, guid, max, sensorPrivilege);
    }

    public BmcIdentity withSensorsFor(Privilege least) {
        return new BmcIdentity(users, bmcKey, suites, guid, sessionsMax, least);
    }

    Optional<User> user(Bytes name) {
        return users.stream()
                .filter(user ->
                        Bytes.of(user.name.getBytes(StandardCharsets.UTF_8)).equals(name))
                .findFirst();
    }
}
