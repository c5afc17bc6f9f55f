package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.model.SecretFile;
import io.holdfast.secrets.Keyring;
import io.holdfast.secrets.PlainSecrets;
import io.holdfast.secrets.SecretException;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.settings.NamedSecrets.Named;
import org.jspecify.annotations.Nullable;

/**
 * How one secret is kept, and whether a process could use it.
 *
 * @param key with which it is encrypted; null when plain, or when that cannot be told
 * @param kept for people: the key, plain, or why neither
 * @param detail what to do about it; empty if nothing
 */
record SecretLook(String setting, String file, @Nullable String key, String kept, boolean usable, String detail) {

    static SecretLook at(Named named, Keyring keys, PlainSecrets plain) {
        SecretReader reader = new SecretReader(() -> keys, plain, _ -> {});
        SecretFile file = named.file();
        String key = null;
        String kept = "?";
        try {
            key = reader.sealedWith(named.setting(), file);
            kept = key == null ? "plain" : key;
            reader.read(named.setting(), file, Integer.MAX_VALUE);
        } catch (SecretException e) {
            return of(named, key, kept, false, String.valueOf(e.getMessage()));
        }
        if (key == null) {
            return of(named, key, kept, true, "");
        }
        String first = keys.ids().getFirst();
        return of(
                named,
                key,
                kept,
                true,
                key.equals(first)
                        ? ""
                        : "Some are encrypted with an older key than " + first
                                + "; 'holdfast secret rotate' encrypts them anew.");
    }

    private static SecretLook of(Named named, @Nullable String key, String kept, boolean usable, String detail) {
        return new SecretLook(named.setting(), named.file().toString(), key, kept, usable, detail);
    }

    ObjectNode json() {
        ObjectNode node = Client.object();
        node.put("setting", setting)
                .put("file", file)
                .put("sealed", key != null)
                .put("key", key);
        return node.put("usable", usable).put("detail", detail);
    }
}
