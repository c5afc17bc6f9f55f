package io.holdfast.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ImageSettings.External;
import io.holdfast.compute.ImageSettings.Login;
import io.holdfast.model.SecretFile;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExternalImageSettingsTest {

    private static External at(String url, @Nullable Boolean allowHttp) {
        return new External(URI.create(url), null, allowHttp, null, null, null);
    }

    private static Login login(String url, String user) {
        return new Login(URI.create(url), user, null, SecretFile.of(Path.of("p")), null, null, null);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://glance.example:9292",
                "http://127.0.0.1:9292",
                "http://[::1]:9292/image",
                "http://localhost:9292",
            })
    void withTlsOrOnThisMachine(String url) {
        assertThat(at(url, null).timeoutOrDefault()).isEqualTo(Duration.ofSeconds(5));
        assertThat(at(url, false).copyWaitOrDefault()).isEqualTo(Duration.ofSeconds(20));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://glance.example", "http://192.0.2.1:9292", "http://127.evil.example"})
    void plainOnlyWhenThatIsSaid(String url) {
        assertThatThrownBy(() -> at(url, null)).hasMessageContaining("image.external.allow-http");
        assertThat(at(url, true).url()).hasHost(URI.create(url).getHost());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://glance",
                "https://glance/",
                "https://user@glance",
                "https://glance?x",
                "https://glance#x",
                "glance"
            })
    void anAddressOfAnotherKindIsRefused(String url) {
        assertThatThrownBy(() -> at(url, true)).hasMessageContaining("image.external.url must be like");
    }

    @Test
    void timesAndLoginsAreChecked() {
        URI url = URI.create("https://glance");
        assertThatThrownBy(() -> new External(url, null, null, null, Duration.ofMillis(499), null))
                .hasMessageContaining("image.external.timeout");
        assertThatThrownBy(() -> new External(url, null, null, null, null, Duration.ofMinutes(6)))
                .hasMessageContaining("image.external.copy-wait");
        assertThatThrownBy(() -> login("https://keystone", "holdfast")).hasMessageContaining("must end with /v3");
        assertThatThrownBy(() -> login("https://keystone/v3", " ")).hasMessageContaining("login.user");
        assertThatThrownBy(() -> new External(url, null, null, login("http://keystone/v3", "holdfast"), null, null))
                .hasMessageContaining("image.external.login.url must begin with https");
    }
}
