package io.holdfast.store;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the address anew with each connection, because the embedded server may come back on another port. The
 * password stays in the properties and never becomes part of an address, which drivers and pools like to log.
 */
final class DriverDataSource implements DataSource {

    record Target(String url, Properties properties) {
        @Override
        public String toString() {
            return url;
        }
    }

    @FunctionalInterface
    interface Address {
        Target now() throws SQLException;
    }

    private static final org.postgresql.Driver DRIVER = new org.postgresql.Driver();

    private final Address address;

    DriverDataSource(Address address) {
        this.address = address;
    }

    @Override
    public Connection getConnection() throws SQLException {
        Target target = address.now();
        @Nullable Connection connection = DRIVER.connect(target.url(), target.properties());
        if (connection == null) {
            throw new SQLException("not an address of PostgreSQL: " + target.url(), "08001");
        }
        return connection;
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("the user is part of the settings");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) {
        // Part of the interface only; everything is logged through SLF4J.
    }

    @Override
    public void setLoginTimeout(int seconds) {
        // The pool sets this from its own limit; the driver's limits are in the properties, in finer steps.
    }

    @Override
    public int getLoginTimeout() {
        // The pool waits this long, in seconds, for connections in the making when it is closed.
        return 5;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("logs through SLF4J");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("wraps nothing");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
