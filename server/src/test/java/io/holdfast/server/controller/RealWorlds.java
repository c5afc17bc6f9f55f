package io.holdfast.server.controller;

import io.holdfast.secrets.SecretReader;
import java.io.IOException;

/** Opens the real world for tests of other packages. */
public final class RealWorlds {

    private RealWorlds() {}

    public static World open(ControllerSettings settings, SecretReader secrets) throws IOException {
        return RealWorld.open(settings, secrets);
    }
}
