package io.holdfast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.SecretFile;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IdentitySettingsTest {

    private static IdentitySettings.Keystone at(String url, @Nullable Boolean allowHttp) {
        return new IdentitySettings.Keystone(
                URI.create(url),
                "holdfast",
                null,
                SecretFile.of(Path.of("/p")),
                null,
                null,
                null,
                allowHttp,
                null,
                null,
                null);
    }

    /** Its answers say who a caller is: whoever can change them on the way is administrator here. */
    @Test
    void aKeystoneOnAnotherMachineIsBelievedOverTlsUnlessSomebodySaysOtherwise() {
        assertThatThrownBy(() -> at("http://keystone.example:5000/v3", null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("identity.keystone.allow-http");
        assertThat(at("http://keystone.example:5000/v3", true).allowHttp()).isTrue();
        assertThat(at("http://127.0.0.1:5000/v3", null).url()).hasPort(5000);
        assertThat(at("https://keystone.example:5000/v3", null).url()).hasHost("keystone.example");
    }
}
