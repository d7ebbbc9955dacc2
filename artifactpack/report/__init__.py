"""What people see: HTML, PDF, text, JSON, SARIF, badge."""
