"""A folder of files as a finance team has them → a company's params, with every doubt as a question."""
