package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceUrlTest {

    private static void require(String url, boolean plain) {
        ServiceUrl.require("a.url", URI.create(url), plain, "a.allow-http");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://keystone.example:5000/v3",
                "https://203.0.113.7",
                "http://127.0.0.1:5000/v3",
                "http://localhost:5000",
                "http://[::1]:5000"
            })
    void overTlsOrOnThisMachineItIsTaken(String url) {
        assertThatCode(() -> require(url, false)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://keystone.example:5000/v3",
                "http://203.0.113.7/v3",
                "http://[2001:db8::1]/v3",
                "http://localhost.example/v3",
                "http://127.0.0.1.example/v3"
            })
    void withoutTlsAnotherMachineIsAskedOnlyWhereThatIsSaid(String url) {
        assertThatThrownBy(() -> require(url, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a.url must begin with https")
                .hasMessageContaining("a.allow-http");
        assertThatCode(() -> require(url, true)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://host/v3",
                "keystone:5000",
                "https://user@host/v3",
                "https://host/v3?a=b",
                "https://host/v3#a",
                "https://host/v3/"
            })
    void whatIsNoAddressOfAServiceIsRefused(String url) {
        assertThatThrownBy(() -> require(url, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a.url must be like https://host:port");
    }
}
