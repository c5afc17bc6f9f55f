package io.holdfast.fencing.ipmi.core;

import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.Handshake;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Who asks, and how it is proven.
 *
 * @param user 1 to 16 bytes in UTF-8
 * @param bmcKey K_g; null where the BMC has none of its own
 */
public record Login(String user, Secret password, @Nullable Secret bmcKey, Suite suite, Privilege privilege) {

    public Login {
        int bytes = user.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < 1 || bytes > Handshake.USER_BYTES_MAX) {
            throw new IllegalArgumentException("a user's name has 1 to 16 bytes, '" + user + "' has " + bytes);
        }
    }

    Bytes userBytes() {
        return Bytes.of(user.getBytes(StandardCharsets.UTF_8));
    }

    /** By name alone: with a look-up by name and privilege, a user who may do more than is asked for is not found. */
    int role() {
        return Handshake.NAME_ONLY | privilege.level();
    }

    Secret sessionKey() {
        return bmcKey == null ? password : bmcKey;
    }
}
