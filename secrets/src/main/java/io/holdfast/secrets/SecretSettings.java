package io.holdfast.secrets;

import java.nio.file.Path;
import java.util.List;

/**
 * How secrets are kept at rest.
 *
 * @param keyFiles files with master keys, in this order before those that the environment names: the first key encrypts, all
 *     decrypt. Each must belong to this account or to root, and nobody else may read it. Default none
 * @param plain what is done about a secret that is not encrypted: {@code allow}, {@code warn} or {@code refuse}; default {@code
 *     warn}, because an installation that was set up before there was encryption must go on, and should hear of it. Set {@code
 *     refuse} once all are encrypted, so that none slips in again
 */
public record SecretSettings(List<Path> keyFiles, PlainSecrets plain) {

    public SecretSettings {
        keyFiles = List.copyOf(keyFiles);
    }

    public static SecretSettings defaults() {
        return new SecretSettings(List.of(), PlainSecrets.WARN);
    }
}
