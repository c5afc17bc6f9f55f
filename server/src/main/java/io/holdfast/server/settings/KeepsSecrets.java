package io.holdfast.server.settings;

import io.holdfast.model.SecretFile;
import java.util.Map;

/** Settings of a process that keeps secrets besides those that its settings name. */
public interface KeepsSecrets {

    /** By what each is for; a file need not be there. */
    Map<String, SecretFile> ownSecrets();
}
